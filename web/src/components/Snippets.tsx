import { Stack, Tabs } from "@mantine/core";
import type { ReactNode } from "react";
import type { Snippet } from "@/lib/snippets";
import { CopyField } from "./CopyField";

export function Snippets({ snippets }: { snippets: Snippet[] }): ReactNode {
  const first = snippets[0];
  if (!first) return null;
  if (snippets.length === 1) return <CopyField value={first.code} />;
  return (
    <Tabs key={first.key} defaultValue={first.key}>
      <Tabs.List mb="sm">
        {snippets.map((snippet) => (
          <Tabs.Tab key={snippet.key} value={snippet.key}>
            {snippet.title}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      {snippets.map((snippet) => (
        <Tabs.Panel key={snippet.key} value={snippet.key}>
          <Stack>
            <CopyField value={snippet.code} />
          </Stack>
        </Tabs.Panel>
      ))}
    </Tabs>
  );
}
