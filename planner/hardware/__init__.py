"""What this computer has, and what-if computers: detection, tables, files."""
