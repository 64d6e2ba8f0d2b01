/** Page views of an application that changes its address without loading. */

type Change = "pushState" | "replaceState";

/**
 * Calls `onChange` with the address left behind whenever path or query change. replaceState counts
 * only with another path: applications write filters and scroll positions into the query with it.
 * The call comes a moment later, when the title of the new page is mostly there.
 */
export function watchAddress(onChange: (previous: string) => void): void {
  const read = () => [location.pathname, location.search] as const;
  let [path, search] = read();
  let previous = location.href;

  const compare = (replaced: boolean) => {
    const [nowPath, nowSearch] = read();
    const counts = nowPath !== path || (!replaced && nowSearch !== search);
    const left = previous;
    [path, search] = [nowPath, nowSearch];
    previous = location.href;
    if (counts) setTimeout(() => onChange(left), 0);
  };

  for (const name of ["pushState", "replaceState"] satisfies Change[]) {
    const original = history[name];
    history[name] = function (this: History, ...args: Parameters<History[Change]>) {
      original.apply(this, args);
      compare(name === "replaceState");
    };
  }
  addEventListener("popstate", () => compare(false));
}
