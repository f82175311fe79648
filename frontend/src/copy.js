// <button data-copies="ID" data-copied="Copied."> copies the field or text of that id, and says so.
import { toast } from "./toast.js";

document.addEventListener("click", async (event) => {
  const button = event.target.closest?.("[data-copies]");
  const from = button && document.getElementById(button.dataset.copies);
  if (!from) return;
  if (await copied(from)) toast({ text: button.dataset.copied, kind: "good" });
});

/** Without https a browser has no clipboard of its own to write to; what is selected can still be copied. */
async function copied(from) {
  const text = from.value ?? from.textContent;
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    if (from.select) from.select();
    else getSelection().selectAllChildren(from);
    return document.execCommand("copy");
  }
}
