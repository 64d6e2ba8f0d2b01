import { SegmentedControl } from "@mantine/core";
import { IconChartBar, IconTable } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { commonWords } from "@/lib/common-words";
import { useWords } from "@/lib/words";
import classes from "./ChartCard.module.css";

export type View = "chart" | "table";

/** Every chart has a table one click away. */
export function ViewSwitch({
  label,
  view,
  onChange,
}: {
  label: string;
  view: View;
  onChange: (view: View) => void;
}): ReactNode {
  const words = useWords(commonWords);
  return (
    <SegmentedControl
      size="xs"
      aria-label={label}
      value={view}
      onChange={onChange}
      data={[
        {
          value: "chart",
          label: <IconLabel icon={<IconChartBar size={15} aria-hidden />} text={words.asChart} />,
        },
        {
          value: "table",
          label: <IconLabel icon={<IconTable size={15} aria-hidden />} text={words.asTable} />,
        },
      ]}
    />
  );
}

function IconLabel({ icon, text }: { icon: ReactNode; text: string }): ReactNode {
  return (
    <span title={text} className={classes.iconLabel}>
      {icon}
      <span className={classes.unseen}>{text}</span>
    </span>
  );
}
