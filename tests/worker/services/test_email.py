import logging

from finance_lending_worker.services.email import LoggedEmail


async def test_the_default_writes_to_the_log_whom_it_would_greet(caplog):
    with caplog.at_level(logging.INFO, logger="finance_lending_worker"):
        await LoggedEmail().send_welcome_email("ada@example.com")
    assert [record.getMessage() for record in caplog.records] == ["welcome mail to ada@example.com"]
