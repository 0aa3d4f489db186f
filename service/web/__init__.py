"""Pages: templates and the files they need, all served by this program."""
