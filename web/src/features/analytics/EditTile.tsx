import { Button, Group, Modal, Stack, Textarea, TextInput } from "@mantine/core";
import {
  IconArrowDown,
  IconArrowLeft,
  IconArrowRight,
  IconArrowsHorizontal,
  IconArrowUp,
  IconGripVertical,
  IconPencil,
  IconViewportNarrow,
  IconX,
} from "@tabler/icons-react";
import { type KeyboardEvent, type ReactNode, useState } from "react";
import type { TileBody } from "@/lib/api";
import { commonWords } from "@/lib/common-words";
import { useLanguage, useWords } from "@/lib/words";
import classes from "./dashboard.module.css";
import { dashboardWords } from "./dashboard-words";
import { ItemButton } from "./ListInput";

interface EditTileProps {
  tile: TileBody;
  name: string;
  first: boolean;
  last: boolean;
  onMove: (step: -1 | 1) => void;
  onWidth: (step: -1 | 1) => void;
  onHeight: (step: -1 | 1) => void;
  onChange: (change: Partial<TileBody>) => void;
  onRemove: () => void;
  onDrag: () => void;
  onDrop: () => void;
  children: ReactNode;
  /** Another tile is dragged, and may be dropped here. */
  dragging: boolean;
}

/** A tile while the dashboard is put together: moved and resized by buttons, keys, or the mouse. */
export function EditTile(props: EditTileProps): ReactNode {
  const { tile, name, first, last, onMove, onWidth, onHeight } = props;
  const words = useWords(dashboardWords).edit;
  const [settings, setSettings] = useState(false);
  const [over, setOver] = useState(false);
  const { width = 6, height = 4 } = tile;
  return (
    <section
      className={classes.tile}
      data-editing
      data-over={(over && props.dragging) || undefined}
      tabIndex={0}
      aria-label={`${name}, ${words.size(String(width), String(height))}`}
      style={{ "--k-width": width, "--k-height": Math.max(2, height) } as never}
      onKeyDown={(event) => readKeys(event, props)}
      onDragOver={(event) => {
        if (!props.dragging) return;
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        props.onDrop();
      }}
    >
      <div className={classes.editTools}>
        <span className={classes.grip} draggable onDragStart={props.onDrag} aria-hidden>
          <IconGripVertical size={16} />
        </span>
        <ItemButton
          label={words.left(name)}
          disabled={first}
          onClick={() => onMove(-1)}
          icon={<IconArrowLeft size={14} aria-hidden />}
        />
        <ItemButton
          label={words.right(name)}
          disabled={last}
          onClick={() => onMove(1)}
          icon={<IconArrowRight size={14} aria-hidden />}
        />
        <ItemButton
          label={words.narrower(name)}
          onClick={() => onWidth(-1)}
          icon={<IconViewportNarrow size={14} aria-hidden />}
        />
        <ItemButton
          label={words.wider(name)}
          onClick={() => onWidth(1)}
          icon={<IconArrowsHorizontal size={14} aria-hidden />}
        />
        <ItemButton
          label={words.shorter(name)}
          onClick={() => onHeight(-1)}
          icon={<IconArrowUp size={14} aria-hidden />}
        />
        <ItemButton
          label={words.taller(name)}
          onClick={() => onHeight(1)}
          icon={<IconArrowDown size={14} aria-hidden />}
        />
        <ItemButton
          label={words.settings(name)}
          onClick={() => setSettings(true)}
          icon={<IconPencil size={14} aria-hidden />}
        />
        <ItemButton
          label={words.remove(name)}
          onClick={props.onRemove}
          icon={<IconX size={14} aria-hidden />}
        />
      </div>
      {/* As it will be, but nothing in it takes the keyboard. */}
      <div className={classes.editBody} inert>
        {props.children}
      </div>
      <TileSettings
        opened={settings}
        onClose={() => setSettings(false)}
        tile={tile}
        onChange={props.onChange}
      />
    </section>
  );
}

/** Alt and an arrow moves, Shift and an arrow resizes, Delete removes: while the tile itself has the focus. */
function readKeys(event: KeyboardEvent<HTMLElement>, props: EditTileProps): void {
  if (event.target !== event.currentTarget) return;
  const step = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key] as
    | -1
    | 1
    | undefined;
  const upright = event.key === "ArrowUp" || event.key === "ArrowDown";
  if (event.key === "Delete") props.onRemove();
  else if (step && event.altKey) {
    props.onMove(step);
    followFocus(event.currentTarget, step);
  } else if (step && event.shiftKey) (upright ? props.onHeight : props.onWidth)(step);
  else return;
  event.preventDefault();
}

/** The focus goes where the tile goes. */
function followFocus(tile: HTMLElement, step: -1 | 1): void {
  const next = step > 0 ? tile.nextElementSibling : tile.previousElementSibling;
  if (next instanceof HTMLElement) next.focus();
}

interface TileSettingsProps {
  opened: boolean;
  onClose: () => void;
  tile: TileBody;
  onChange: (change: Partial<TileBody>) => void;
}

function TileSettings({ opened, onClose, tile, onChange }: TileSettingsProps): ReactNode {
  const words = useWords(dashboardWords).edit;
  const common = useWords(commonWords);
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={words.title}
      closeButtonProps={{ "aria-label": common.close }}
    >
      {opened && <SettingsForm tile={tile} onChange={onChange} onClose={onClose} />}
    </Modal>
  );
}

function SettingsForm({ tile, onChange, onClose }: Omit<TileSettingsProps, "opened">): ReactNode {
  const words = useWords(dashboardWords).edit;
  const common = useWords(commonWords);
  const { language } = useLanguage();
  const [title, setTitle] = useState(tile.title?.[language] ?? "");
  const [text, setText] = useState(tile.text ?? "");
  const isText = tile.text != null;
  const apply = () => {
    onChange({
      title: title.trim() ? { en: title.trim(), ja: title.trim() } : null,
      ...(isText && { text }),
    });
    onClose();
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        event.stopPropagation();
        apply();
      }}
    >
      <Stack>
        <TextInput
          label={words.title}
          description={words.titleHint}
          value={title}
          maxLength={200}
          data-autofocus
          onChange={(event) => setTitle(event.currentTarget.value)}
        />
        {isText && (
          <Textarea
            label={words.text}
            description={words.textHint}
            autosize
            minRows={5}
            maxLength={5_000}
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
          />
        )}
        <Group justify="flex-end">
          <Button type="submit" disabled={isText && !text.trim()}>
            {common.save}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
