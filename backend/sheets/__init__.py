"""The catalogue as a file that spreadsheets open: written, changed there, and read back."""
