"""How a test ends that could never end by itself."""


class Deadlock(BaseException):
    """Nothing can ever wake the loop. The message names each task, its line and what it awaits.

    Not an Exception, so that neither ``except Exception`` nor ``raises(TimeoutError)`` takes it for
    a result.
    """


class Livelock(BaseException):
    """The loop turns and turns without an end. The message is like that of Deadlock."""
