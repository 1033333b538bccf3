export type Side = "top" | "bottom" | "right";
export type Align = "start" | "center" | "end";

const gap = 6; // pixels between a menu and its button
const edge = 8; // pixels between a menu and the window's edge

/** placeMenu puts a menu, which is fixed, beside its button: on that side, or on the other one where there is more room. */
export function placeMenu(menu: HTMLElement, button: HTMLElement, side: Side, align: Align) {
  const at = button.getBoundingClientRect();
  const [wide, high] = [document.documentElement.clientWidth, innerHeight];
  const above = at.top - gap - edge;
  const below = high - at.bottom - gap - edge;
  const { scrollTop } = menu;
  menu.style.maxHeight = "";
  const { offsetWidth: width, scrollHeight } = menu;
  const most = parseFloat(getComputedStyle(menu).maxHeight) || scrollHeight;
  const wanted = Math.min(scrollHeight + 2, most);
  const up = side === "top" ? wanted <= above || above >= below : wanted > below && above > below;
  const room = side === "right" ? high - 2 * edge : up ? above : below;
  const height = Math.min(wanted, room);
  const along = (from: number, to: number, size: number) => (align === "start" ? from : align === "end" ? to - size : (from + to - size) / 2);
  const left = side === "right" ? at.right + gap : along(at.left, at.right, width);
  const top = side === "right" ? along(at.top, at.bottom, height) : up ? at.top - gap - height : at.bottom + gap;
  const within = (value: number, size: number, space: number) => Math.max(edge, Math.min(value, space - size - edge));
  menu.style.maxHeight = `${Math.min(most, room)}px`;
  menu.scrollTop = scrollTop; // lost while it had its whole height
  menu.style.left = `${within(left, width, wide)}px`;
  menu.style.top = `${within(top, height, high)}px`;
}
