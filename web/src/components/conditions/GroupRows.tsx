import { Button, Menu } from "@mantine/core";
import { IconFolderPlus, IconPlus } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useWords } from "@/lib/words";
import { useBuilder } from "./builder-context";
import type { Group, Node } from "./condition";
import {
  countLeaves,
  isGroup,
  outerPlaceOf,
  type Path,
  placeOf,
  readRow,
  writeRow,
} from "./condition-rules";
import { conditionWords } from "./condition-words";
import classes from "./conditions.module.css";
import { Glue, Pick } from "./fields";
import { BEHAVIOUR_KINDS, type KindWord, makeRow, PERSON_KINDS } from "./kind-rules";
import { LeafRow } from "./LeafRow";
import { Problems } from "./Problems";
import { RowMenu } from "./RowMenu";

interface GroupRowsProps {
  group: Group;
  negated: boolean;
  path: Path;
}

/** The conditions of one group, and how they go together. */
export function GroupRows({ group, negated, path }: GroupRowsProps): ReactNode {
  const { readOnly, where } = useBuilder();
  const words = useWords(conditionWords);
  const number = path.map((at) => at + 1).join(".");
  const nested = path.length > 0;
  return (
    <div
      className={classes.group}
      data-nested={nested || undefined}
      role="group"
      aria-label={nested ? words.group.label(number) : words.root.people}
    >
      <div className={classes.groupHead} data-row={nested ? path.join(".") : undefined}>
        {!nested && <Glue>{words.root.people}</Glue>}
        <ModePick group={group} negated={negated} path={path} />
        {nested && !readOnly && <RowMenu path={path} number={number} group />}
      </div>
      {group.of.length > 0 && (
        <Problems place={outerPlaceOf(where, path)} inner={placeOf(where, path)} />
      )}
      <ol className={classes.rows}>
        {group.of.map((child, at) => (
          <Child
            // biome-ignore lint/suspicious/noArrayIndexKey: a row is its place; the focus is carried by hand
            key={at}
            child={child}
            at={at}
            group={group}
            path={path}
          />
        ))}
      </ol>
      {group.of.length === 0 && <p className={classes.empty}>{words.builder.empty}</p>}
      {!readOnly && <Adders path={path} group={group} />}
    </div>
  );
}

function Child({
  child,
  at,
  group,
  path,
}: {
  child: Node;
  at: number;
  group: Group;
  path: Path;
}): ReactNode {
  const row = readRow(child);
  const place = [...path, at];
  return (
    <li className={classes.child}>
      <Joint at={at} group={group} path={path} />
      {isGroup(row.node) ? (
        <GroupRows group={row.node} negated={row.negated} path={place} />
      ) : (
        <LeafRow
          leaf={row.node}
          negated={row.negated}
          path={place}
          number={place.map((one) => one + 1).join(".")}
        />
      )}
    </li>
  );
}

/** The word between two rows; pressing the first one changes it for the whole group. */
function Joint({ at, group, path }: { at: number; group: Group; path: Path }): ReactNode {
  const { editRow, readOnly } = useBuilder();
  const words = useWords(conditionWords).group;
  if (at === 0) return <span className={classes.joint} aria-hidden />;
  const word = group.kind === "all" ? words.and : words.or;
  if (at > 1 || readOnly) return <span className={classes.joint}>{word}</span>;
  const flip = (node: ReturnType<typeof readRow>["node"]) =>
    isGroup(node)
      ? { ...node, kind: node.kind === "all" ? ("any" as const) : ("all" as const) }
      : node;
  return (
    <span className={classes.joint}>
      <button
        type="button"
        className={classes.switch}
        aria-label={group.kind === "all" ? words.switchToOr : words.switchToAnd}
        title={group.kind === "all" ? words.switchToOr : words.switchToAnd}
        onClick={() => editRow(path, flip)}
      >
        {word}
      </button>
    </span>
  );
}

type Mode = "all" | "any" | "notAny" | "notAll";

function ModePick({ group, negated, path }: GroupRowsProps): ReactNode {
  const { replace } = useBuilder();
  const words = useWords(conditionWords);
  const mode: Mode = negated ? (group.kind === "any" ? "notAny" : "notAll") : group.kind;
  const choose = (next: Mode) =>
    replace(
      path,
      writeRow({
        negated: next.startsWith("not"),
        node: { ...group, kind: next === "all" || next === "notAll" ? "all" : "any" },
      }),
    );
  return (
    <Pick
      strong
      label={words.group.mode}
      value={mode}
      data={(["all", "any", "notAny", "notAll"] as const).map((value) => ({
        value,
        label: words.root[value],
      }))}
      onChange={choose}
    />
  );
}

function Adders({ path, group }: { path: Path; group: Group }): ReactNode {
  const { add, catalogue } = useBuilder();
  const words = useWords(conditionWords);
  const put = (word: KindWord) => add(path, writeRow(makeRow(word)));
  const person = PERSON_KINDS.filter((kind) => kind !== "fact" || catalogue.facts.length > 0);
  const other = group.kind === "all" ? "any" : "all";
  return (
    <div className={classes.adders} data-adders={path.join(".")}>
      <Menu position="bottom-start" returnFocus={false} width={280}>
        <Menu.Target>
          <Button
            size="compact-sm"
            variant={countLeaves(group) === 0 ? "light" : "subtle"}
            leftSection={<IconPlus size={14} aria-hidden />}
          >
            {words.builder.add}
          </Button>
        </Menu.Target>
        <Menu.Dropdown mah={420} style={{ overflowY: "auto" }}>
          <Menu.Label>{words.kinds.behaviour}</Menu.Label>
          {BEHAVIOUR_KINDS.slice(0, 6).map((kind) => (
            <Menu.Item key={kind} onClick={() => put(kind)}>
              {words.kinds[kind]}
            </Menu.Item>
          ))}
          <Menu.Label>{words.kinds.person}</Menu.Label>
          {person.map((kind) => (
            <Menu.Item key={kind} onClick={() => put(kind)}>
              {words.kinds[kind]}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      <Button
        size="compact-sm"
        variant="subtle"
        color="gray"
        leftSection={<IconFolderPlus size={14} aria-hidden />}
        onClick={() => add(path, { kind: other, of: [writeRow(makeRow("did"))] })}
      >
        {words.builder.addGroup}
      </Button>
    </div>
  );
}
