"""What Kizuna needs from the outside world: databases, lakes, engines, mail."""
