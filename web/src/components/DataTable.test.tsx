// @vitest-environment jsdom
import { MantineProvider } from "@mantine/core";
import { act, type ReactNode } from "react";
import { createRoot } from "react-dom/client";
import { expect, test, vi } from "vitest";
import { LanguageProvider } from "@/lib/words";
import { type Column, DataTable } from "./DataTable";

interface Person {
  id: number;
  name: string;
}

const columns: Column<Person>[] = [
  { id: "name", header: "Name", cell: (person) => person.name, value: (person) => person.name },
  {
    id: "id",
    header: "ID",
    cell: (person) => person.id,
    value: (person) => person.id,
    hidden: true,
  },
];

async function show(children: ReactNode): Promise<HTMLElement> {
  vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);
  const box = document.body.appendChild(document.createElement("div"));
  await act(async () =>
    createRoot(box).render(
      <MantineProvider env="test">
        <LanguageProvider initial="en">{children}</LanguageProvider>
      </MantineProvider>,
    ),
  );
  return box;
}

vi.mock("@/lib/session", () => ({ useWorkspaceMaybe: () => undefined }));

test("says how many rows there are, and draws the chosen columns only", async () => {
  const rows = Array.from({ length: 1_000 }, (_, id) => ({ id, name: `Person ${id}` }));
  const box = await show(
    <DataTable name="test" label="People" columns={columns} rows={rows} rowKey={(row) => row.id} />,
  );
  const table = box.querySelector("[role=table]");
  expect(table?.getAttribute("aria-rowcount")).toBe("1000");
  const heads = [...box.querySelectorAll("[role=columnheader]")].map((head) => head.textContent);
  expect(heads).toEqual(["Name"]);
  expect(box.querySelectorAll("[role=row]").length).toBeLessThan(100);
});

test("shows what the place is for when it is empty", async () => {
  const box = await show(
    <DataTable
      name="empty"
      label="People"
      columns={columns}
      rows={[]}
      rowKey={(row) => row.id}
      empty={<p>Nobody yet</p>}
    />,
  );
  expect(box.textContent).toContain("Nobody yet");
  expect(box.querySelector("[role=table]")).toBeNull();
});

test("sorts in the browser when the values are there", async () => {
  const rows = [
    { id: 2, name: "Ben" },
    { id: 1, name: "Ada" },
  ];
  const box = await show(
    <DataTable
      name="sorted"
      label="People"
      columns={columns}
      rows={rows}
      rowKey={(row) => row.id}
    />,
  );
  const button = box.querySelector<HTMLButtonElement>("[role=columnheader] button");
  await act(async () => button?.click());
  expect(box.querySelector("[role=columnheader]")?.getAttribute("aria-sort")).toBe("ascending");
});
