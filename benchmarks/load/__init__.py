"""Load: realistic events sent as fast as asked, by a process that costs little itself."""
