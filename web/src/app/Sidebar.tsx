import { NavLink, ScrollArea, Text } from "@mantine/core";
import { IconSettings } from "@tabler/icons-react";
import { Link, useRouterState } from "@tanstack/react-router";
import { type ReactNode, useEffect, useState } from "react";
import { useMe } from "@/lib/session";
import { useWords } from "@/lib/words";
import { appWords } from "./app-words";
import { type NavGroup, type NavItem, openDoors } from "./navigation";
import classes from "./Sidebar.module.css";

export function Sidebar(): ReactNode {
  const { permissions } = useMe();
  const groups = openDoors(permissions);
  return (
    <ScrollArea className={classes.scroll} type="never">
      <nav className={classes.list}>
        {groups
          .filter((group) => group.key !== "settings")
          .map((group) => (
            <Group key={group.key ?? "home"} group={group} />
          ))}
        {groups
          .filter((group) => group.key === "settings")
          .map((group) => (
            <SettingsGroup key="settings" group={group} />
          ))}
      </nav>
    </ScrollArea>
  );
}

function Group({ group }: { group: NavGroup }): ReactNode {
  const words = useWords(appWords);
  return (
    <div className={classes.group}>
      {group.key && (
        <Text size="xs" fw={600} className={classes.groupLabel}>
          {words.nav[group.key]}
        </Text>
      )}
      {group.items.map((item) => (
        <Item key={item.key} item={item} />
      ))}
    </div>
  );
}

function Item({ item, plain }: { item: NavItem; plain?: boolean }): ReactNode {
  const words = useWords(appWords);
  const path = useRouterState({ select: (state) => state.location.pathname });
  const active = item.to === "/" ? path === "/" : path.startsWith(item.to);
  return (
    <NavLink
      component={Link}
      to={item.to}
      active={active}
      aria-current={active ? "page" : undefined}
      label={words.nav[item.key]}
      leftSection={plain ? undefined : <item.icon size={18} stroke={1.6} aria-hidden />}
      className={classes.item}
    />
  );
}

function SettingsGroup({ group }: { group: NavGroup }): ReactNode {
  const words = useWords(appWords);
  const inside = useRouterState({
    select: (state) => state.location.pathname.startsWith("/settings"),
  });
  const [opened, setOpened] = useState(inside);
  useEffect(() => {
    if (inside) setOpened(true);
  }, [inside]);
  return (
    <div className={classes.settings}>
      <NavLink
        component="button"
        type="button"
        label={words.nav.settings}
        leftSection={<IconSettings size={18} stroke={1.6} aria-hidden />}
        opened={opened}
        onChange={setOpened}
        aria-expanded={opened}
        className={classes.item}
        childrenOffset={28}
      >
        {group.items.map((item) => (
          <Item key={item.key} item={item} plain />
        ))}
      </NavLink>
    </div>
  );
}
