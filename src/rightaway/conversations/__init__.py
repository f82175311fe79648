"""What people and customers write to each other: threads, their messages, attachments, and the doors they come by."""
