"""The desk in and out of files, in formats that others read too."""
