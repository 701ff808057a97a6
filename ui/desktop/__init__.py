"""The program on the desktop: menu entry, start with the login, and failures told where no terminal is."""
