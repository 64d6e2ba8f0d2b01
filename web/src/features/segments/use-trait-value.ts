import { useMemo } from "react";
import { commonWords } from "@/lib/common-words";
import { useFormat } from "@/lib/format";
import { useWords } from "@/lib/words";
import { type FigureKind, TIMED } from "./trait-draft";

/** A value of a figure as people read it. */
export function useTraitValue(kind: FigureKind): (value: unknown) => string {
  const format = useFormat();
  const common = useWords(commonWords);
  return useMemo(() => {
    const say = (value: unknown): string => {
      if (typeof value === "number") return format.number(value);
      if (typeof value === "boolean") return value ? common.yes : common.no;
      if (Array.isArray(value)) return format.list(value.map(say));
      if (TIMED.has(kind)) return format.dateTime(String(value));
      return String(value);
    };
    return say;
  }, [kind, format, common]);
}
