import "@fontsource-variable/inter/index.css";
import "./docs.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { LanguageProvider } from "@/lib/words";
import { Reference } from "./Reference";

const container = document.getElementById("root");
if (!container) throw new Error("api-docs.html lacks #root");

createRoot(container).render(
  <StrictMode>
    <LanguageProvider>
      <Reference />
    </LanguageProvider>
  </StrictMode>,
);
