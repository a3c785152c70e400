"""What a program needs of the machine: logging, flags, files, resources."""
