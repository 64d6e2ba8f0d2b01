import type { ReactNode } from "react";
import type { SegmentDetail } from "@/lib/api";

interface ExportDialogProps {
  segment: SegmentDetail;
  opened: boolean;
  onClose: () => void;
}

export function ExportDialog(_: ExportDialogProps): ReactNode {
  return null;
}
