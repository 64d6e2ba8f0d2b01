import type { ReactNode } from "react";
import classes from "./Facts.module.css";

type Fact = [term: string, value: ReactNode];

/** What is known of a record, line by line; what is not known takes no room. */
export function Facts({ facts }: { facts: (Fact | false | null | undefined | "")[] }): ReactNode {
  return (
    <dl className={classes.facts}>
      {facts.map(
        (fact) =>
          fact && (
            <div key={fact[0]}>
              <dt>{fact[0]}</dt>
              <dd>{fact[1]}</dd>
            </div>
          ),
      )}
    </dl>
  );
}
