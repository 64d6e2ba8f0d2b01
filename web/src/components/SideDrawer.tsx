import { Drawer } from "@mantine/core";
import type { ReactNode } from "react";
import { commonWords } from "@/lib/common-words";
import { useWords } from "@/lib/words";

interface SideDrawerProps {
  /** Comes from the URL, so that a link opens the drawer and Back closes it. */
  opened: boolean;
  onClose: () => void;
  title: ReactNode;
  size?: string;
  children: ReactNode;
}

export function SideDrawer({
  opened,
  onClose,
  title,
  size = "lg",
  children,
}: SideDrawerProps): ReactNode {
  const words = useWords(commonWords);
  return (
    <Drawer
      opened={opened}
      onClose={onClose}
      title={title}
      size={size}
      closeButtonProps={{ "aria-label": words.close }}
      styles={{ title: { fontWeight: 600, fontSize: "1.0625rem", minWidth: 0 } }}
    >
      {children}
    </Drawer>
  );
}
