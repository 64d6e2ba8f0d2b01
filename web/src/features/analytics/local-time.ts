/** The instant of a day and time on the clocks of a zone. */
export function instantOf(day: string, time: string, zone: string): string {
  const guess = new Date(`${day}T${time}:00Z`);
  const offset = new Date(`${wallClock(guess, zone)}Z`).getTime() - guess.getTime();
  const found = new Date(guess.getTime() - offset);
  // Where the clocks change between the guess and the instant, the offset of the instant counts.
  const again = new Date(`${wallClock(found, zone)}Z`).getTime() - found.getTime();
  return new Date(guess.getTime() - again).toISOString();
}

/** Day and time of an instant on the clocks of a zone. */
export function clockOf(at: string | Date, zone: string): { day: string; time: string } {
  const [day = "", time = ""] = wallClock(new Date(at), zone).split("T");
  return { day, time: time.slice(0, 5) };
}

function wallClock(at: Date, zone: string): string {
  return new Intl.DateTimeFormat("sv-SE", {
    timeZone: zone,
    dateStyle: "short",
    timeStyle: "medium",
  })
    .format(at)
    .replace(" ", "T");
}
