import { Tooltip } from "@mantine/core";
import { type ReactNode, useEffect, useState } from "react";
import { useFormat } from "@/lib/format";

/** How long ago, with the exact time on hover and for screen readers. */
export function TimeText({ at }: { at: string | null | undefined }): ReactNode {
  const format = useFormat();
  const now = useNow();
  if (!at) return <span>–</span>;
  return (
    <Tooltip label={format.dateTime(at)}>
      <time dateTime={at}>{format.ago(at, now)}</time>
    </Tooltip>
  );
}

const TICK_MS = 30_000;

function useNow(): Date {
  const [now, setNow] = useState(() => new Date());
  useEffect(() => {
    const timer = setInterval(() => setNow(new Date()), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  return now;
}
