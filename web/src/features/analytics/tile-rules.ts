import type { DashboardDetail, Question, Tile, TileBody } from "@/lib/api";
import type { DashboardSearch } from "./explorer-search";

export const COLUMNS = 12;
export const WIDTHS = [3, 4, 6, 8, 12];
export const HEIGHT = { least: 2, most: 12 };

/** A tile as it is written: of what is shown only what belongs to the tile itself. */
export function asBody(tile: Tile): TileBody {
  const { report_id, own_query, text, title, width, height, view } = tile;
  return {
    ...(report_id !== null && { report_id }),
    ...(own_query !== null && { query: own_query }),
    // A text of somebody's own is the same in both languages.
    ...(text !== null && { text: text.ja || text.en }),
    ...(title !== null && { title: { en: title.en, ja: title.ja } }),
    width,
    height,
    view,
  };
}

/** Where nothing can be shown a sentence stands, and that needs little room. */
const MISSING_ROWS = 2;

export function rowsOf({ missing, height }: Pick<Tile, "missing" | "height">): number {
  return missing ? Math.min(MISSING_ROWS, height) : height;
}

/** One place up or down; at the ends nothing moves. */
export function move<T>(list: T[], at: number, step: -1 | 1): T[] {
  const moved = list[at];
  const to = at + step;
  if (moved === undefined || to < 0 || to >= list.length) return list;
  return list.toSpliced(at, 1).toSpliced(to, 0, moved);
}

/** The next width in a direction. */
export function resize(width: number, step: -1 | 1): number {
  const wider = WIDTHS.filter((one) => (step > 0 ? one > width : one < width));
  return (step > 0 ? wider[0] : wider.at(-1)) ?? width;
}

/** A tile's question with the days that were chosen for all. */
export function withDays(
  question: Question | null,
  { range, interval }: DashboardSearch,
): Question | null {
  if (!question) return null;
  return { ...question, ...(range && { range }), ...(interval && { interval }) };
}

/** What a tile asks: its own question, or that of a report that stands on the dashboard already. */
export function questionOf(tile: TileBody, dashboard: DashboardDetail): Question | null {
  if (tile.query) return tile.query;
  const same = dashboard.tiles.find(
    (one) => one.report_id !== null && one.report_id === tile.report_id,
  );
  return same?.query ?? null;
}

/** A tile that is not kept yet, as it would be shown. */
export function asTile(tile: TileBody, dashboard: DashboardDetail, name: string): Tile {
  const text = tile.text ?? null;
  return {
    report_id: tile.report_id ?? null,
    report_name: name,
    own_query: tile.query ?? null,
    query: questionOf(tile, dashboard),
    text: text === null ? null : { en: text, ja: text },
    title: tile.title ? { ...tile.title } : null,
    missing: null,
    shape: null,
    width: tile.width ?? 6,
    height: tile.height ?? 4,
    view: tile.view ?? {},
  };
}
