"""Who was asked: invitees and their groups, messages to them, reminders."""
