"""What people meet: figures, the report, the command line, the doctor."""
