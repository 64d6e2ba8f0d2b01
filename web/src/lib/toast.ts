import { notifications } from "@mantine/notifications";

export function toastDone(message: string): void {
  notifications.show({ color: "teal", message, autoClose: 3_000 });
}

export function toastError(message: string): void {
  notifications.show({ color: "red", message, autoClose: 8_000 });
}
