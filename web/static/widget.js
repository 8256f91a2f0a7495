// One line on an employer's page puts the chat about one position there:
//   <script src="https://…/widget.js" data-profile="slug" async></script>
// More, when wanted: data-language="en", data-height="640" (pixels), data-title="…".
(() => {
  const script = document.currentScript;
  const { profile, language, height, title } = script.dataset;
  if (!profile) return;
  const frame = document.createElement("iframe");
  const english = language === "en";
  frame.src = `${new URL(script.src).origin}/widget/${encodeURIComponent(profile)}${english ? "?sprog=en" : ""}`;
  frame.title = title || (english ? "Ask about the position" : "Spørg til stillingen");
  frame.loading = "lazy";
  frame.allow = "clipboard-write";
  frame.style.cssText = `display:block;width:100%;height:${Number(height) || 640}px;max-height:95vh;border:1px solid #c9c9c9;border-radius:12px;color-scheme:normal`;
  script.after(frame);
})();
