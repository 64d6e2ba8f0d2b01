import { ActionIcon, Group, Menu } from "@mantine/core";
import {
  IconArrowDown,
  IconArrowUp,
  IconCopy,
  IconCopyPlus,
  IconDots,
  IconIndentDecrease,
  IconIndentIncrease,
  IconPlus,
  IconSwitchHorizontal,
  IconX,
} from "@tabler/icons-react";
import type { ReactNode } from "react";
import { useWords } from "@/lib/words";
import { type RowAction, useBuilder } from "./builder-context";
import { childrenOf, nodeAt, type Path } from "./condition-rules";
import { conditionWords } from "./condition-words";
import classes from "./conditions.module.css";

interface RowMenuProps {
  path: Path;
  number: string;
  group?: boolean;
}

/** What can be done with a row; each has a key as well. */
export function RowMenu({ path, number, group = false }: RowMenuProps): ReactNode {
  const { act, where } = useBuilder();
  const words = useWords(conditionWords).row;
  const at = path.at(-1) ?? 0;
  const last = childrenOf(nodeAt(where, path.slice(0, -1)) ?? where).length - 1;
  const item = (action: RowAction, label: string, Icon: typeof IconX, key: string, off = false) => (
    <Menu.Item
      leftSection={<Icon size={15} aria-hidden />}
      rightSection={<kbd className={classes.key}>{key}</kbd>}
      disabled={off}
      onClick={() => act(action, path)}
    >
      {label}
    </Menu.Item>
  );
  return (
    <Group gap={0} wrap="nowrap" className={classes.tools}>
      <Menu position="bottom-end" width={270} returnFocus={false}>
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" aria-label={words.more(number)}>
            <IconDots size={16} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {item("addBelow", words.addBelow, IconPlus, "Ctrl ⏎")}
          {item("duplicate", words.duplicate, IconCopyPlus, "Alt D")}
          {item("negate", words.negate, IconSwitchHorizontal, "Alt N")}
          {item("copy", words.copy, IconCopy, "Ctrl C")}
          <Menu.Divider />
          {item("up", words.up, IconArrowUp, "Alt ↑", at === 0)}
          {item("down", words.down, IconArrowDown, "Alt ↓", at === last)}
          {item("indent", words.indent, IconIndentIncrease, "Alt →")}
          {item("outdent", words.outdent, IconIndentDecrease, "Alt ←", path.length < 2)}
          {group && item("unwrap", words.unwrap, IconIndentDecrease, "")}
        </Menu.Dropdown>
      </Menu>
      <ActionIcon
        variant="subtle"
        color="gray"
        aria-label={`${words.remove}: ${words.label(number)}`}
        title={words.remove}
        onClick={() => act("remove", path)}
      >
        <IconX size={16} aria-hidden />
      </ActionIcon>
    </Group>
  );
}
