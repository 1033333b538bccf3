import { Dialog } from "./Dialog";
import { PageImage } from "./PageImage";

/** Lightbox shows a picture of a note large, to be zoomed. */
export default function Lightbox({ image, label, onClose }: { image: string; label: string; onClose: () => void }) {
  return (
    <Dialog open onClose={onClose} title={label} size="large">
      <PageImage image={image} label={label} />
    </Dialog>
  );
}
