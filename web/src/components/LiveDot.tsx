import { Tooltip } from "@mantine/core";
import type { ReactNode } from "react";
import { commonWords } from "@/lib/common-words";
import { useLiveOpen } from "@/lib/live";
import { useWords } from "@/lib/words";
import classes from "./LiveDot.module.css";

/** Says whether this page follows the server live or asks every few seconds. */
export function LiveDot({ text }: { text?: string }): ReactNode {
  const words = useWords(commonWords);
  const open = useLiveOpen();
  return (
    <Tooltip label={open ? words.live : words.polling}>
      <span className={classes.line}>
        <span className={classes.dot} data-open={open || undefined} aria-hidden />
        {text ?? (open ? words.live : words.polling)}
      </span>
    </Tooltip>
  );
}
