"""The images: found and checked, read from IDX files, made from the bundled digits, prepared for the stages."""
