// The edge between canvas and panel, dragged or moved with the arrow keys. Its place is remembered.
import { useState, type CSSProperties } from 'react';

const place = 'tartan-panel-width';
const narrowest = 400;
const widest = 1100;
const usual = 560;
const step = 32;

const within = (width: number) => Math.round(Math.min(widest, Math.max(narrowest, width)));

export function usePanelWidth() {
  const [width, setWidth] = useState(() => within(Number(localStorage.getItem(place)) || usual));
  const keep = (next: number) => {
    setWidth(within(next));
    localStorage.setItem(place, String(within(next)));
  };
  const style = { '--panel': `${width}px` } as CSSProperties;
  return { width, keep, style };
}

export function Divider({ width, onChange }: { width: number; onChange: (width: number) => void }) {
  return (
    <div
      className="divider"
      role="separator"
      aria-orientation="vertical"
      aria-label="Width of the panel"
      aria-valuenow={width}
      aria-valuemin={narrowest}
      aria-valuemax={widest}
      tabIndex={0}
      onKeyDown={(event) => {
        if (event.key === 'ArrowLeft' || event.key === 'ArrowRight') {
          event.preventDefault();
          onChange(width + (event.key === 'ArrowLeft' ? step : -step));
        }
      }}
      onPointerDown={(event) => {
        event.preventDefault();
        const bar = event.currentTarget;
        const from = event.clientX;
        bar.setPointerCapture(event.pointerId);
        const move = (moved: PointerEvent) => onChange(width + from - moved.clientX);
        bar.addEventListener('pointermove', move);
        bar.addEventListener('pointerup', () => bar.removeEventListener('pointermove', move), {
          once: true,
        });
      }}
    />
  );
}
