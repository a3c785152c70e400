"""Messages of event files and checkpoint indices."""
