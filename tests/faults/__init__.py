"""Long runs against what goes wrong: ``make faults``. ``make test`` has a short form of each."""
