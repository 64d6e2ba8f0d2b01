import { List, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";

/** A text of a dashboard: headings, lists, bold and links. Anything else is text, and stays text. */
export function Markdown({ text }: { text: string }): ReactNode {
  return splitBlocks(text).map((block, at) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: blocks have no identity but their place
    <Block key={at} lines={block} />
  ));
}

/** Blocks are parted by empty lines; a heading is one by itself, and so is a list. */
export function splitBlocks(text: string): string[][] {
  const blocks: string[][] = [];
  let before = "";
  for (const line of text.split(/\r?\n/)) {
    const kind = kindOf(line);
    if (kind !== "") {
      const last = blocks.at(-1);
      if (last && kind === before && kind !== "heading") last.push(line);
      else blocks.push([line]);
    }
    before = kind;
  }
  return blocks;
}

function kindOf(line: string): "" | "heading" | "list" | "text" {
  if (line.trim() === "") return "";
  if (/^#{1,3}\s/.test(line)) return "heading";
  return /^\s*[-*]\s/.test(line) ? "list" : "text";
}

function Block({ lines }: { lines: string[] }): ReactNode {
  const [first = ""] = lines;
  const kind = kindOf(first);
  if (kind === "heading")
    return (
      <Title order={3} size="h3" mb={6}>
        <Inline text={first.replace(/^#+\s+/, "")} />
      </Title>
    );
  if (kind === "list")
    return (
      <List size="sm" mb="xs">
        {lines.map((line, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: lines have no identity but their place
          <List.Item key={at}>
            <Inline text={line.replace(/^\s*[-*]\s+/, "")} />
          </List.Item>
        ))}
      </List>
    );
  return (
    <Text size="sm" mb="xs">
      <Inline text={lines.join(" ")} />
    </Text>
  );
}

const PIECE = /(\*\*[^*]+\*\*|\[[^\]]+\]\((?:https?:\/\/|\/)[^\s)]*\))/;

function Inline({ text }: { text: string }): ReactNode {
  return text.split(PIECE).map((piece, at) => {
    const link = /^\[([^\]]+)\]\(([^\s)]+)\)$/.exec(piece);
    if (link)
      return (
        // biome-ignore lint/suspicious/noArrayIndexKey: pieces have no identity but their place
        <a key={at} href={link[2]} rel="noreferrer">
          {link[1]}
        </a>
      );
    if (piece.startsWith("**") && piece.endsWith("**") && piece.length > 4)
      // biome-ignore lint/suspicious/noArrayIndexKey: pieces have no identity but their place
      return <strong key={at}>{piece.slice(2, -2)}</strong>;
    return piece;
  });
}
