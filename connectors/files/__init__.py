"""Systems that drop files in a folder or on an SFTP server."""
