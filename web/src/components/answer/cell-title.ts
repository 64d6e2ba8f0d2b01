import type { MetricAnswer as Answer } from "@/lib/api";
import type { Names } from "./answer-names";
import { type Cell, type Parts, readParts } from "./answer-read";
import type { Values } from "./answer-values";

/** A cell in words: "Orders · 3 June · store: 1,234". */
export function sayCell(answer: Answer, cell: Cell, names: Names, values: Values): string {
  const parts = readParts(answer);
  const named = answer.columns
    .filter((column) => column.kind === "label" || column.kind === "time")
    .flatMap((column) => {
      const value = cell[column.key];
      if (value === undefined || value === null) return [];
      return [column.kind === "time" ? values.period(value) : names.label(column, value)];
    });
  const chosen = answer.columns.find((column) => column.key === cell.column);
  const said = [...new Set(named)].join(" · ") || answer.title[values.language];
  const value = chosen && cell[chosen.key];
  return chosen && typeof value === "number"
    ? `${said}: ${values.say(kindOf(answer, cell, parts, chosen.kind), value)}`
    : said;
}

function kindOf(answer: Answer, cell: Cell, parts: Parts, kind: Answer["columns"][number]["kind"]) {
  const series = parts.labels.some(({ key }) => key === "series") ? cell.series : undefined;
  const figure = (answer.figures ?? []).find(({ key }) => key === series);
  return kind === "number" && figure ? figure.kind : kind;
}
