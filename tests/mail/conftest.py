"""Fixtures of mail: a real SMTP server."""

from tests.mail.smtp_server import certificate_authority as certificate_authority
from tests.mail.smtp_server import smtp_sink as smtp_sink
