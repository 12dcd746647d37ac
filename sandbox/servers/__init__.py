"""The protocols: HTTP, SOAP and SFTP servers over the world's store."""
