// The strings of Settings, in one place so that they can be translated.

export const words = {
  title: "Settings",
  phone: {
    title: "On your phone",
    about: "Scan a code with the phone’s camera to sign it in. The code works once, within five minutes, and does not contain the token.",
    show: "Show QR code",
    another: "Show another code",
    address: "Address at which the phone reaches Daybook",
    invalid: "Enter an address such as https://laptop.tail1234.ts.net.",
    plain: "Without HTTPS, anyone on the network can read along, and the phone cannot install Daybook.",
    code: "QR code that signs a phone in",
    until: (time: string) => `Valid until ${time}, for one phone.`,
    over: "This code has expired.",
    copy: "Copy link",
    copied: "Link copied",
    install: "Then install Daybook. On Android, choose Install app in the browser’s menu; on an iPhone, Share → Add to Home Screen. You can then write offline.",
    noToken: "Daybook runs without a token, so only this computer can open it. Start it without --no-token first.",
    how: "How the phone reaches this computer",
    tailscale: "From anywhere, with Tailscale on both devices:",
    home: "At home, with a certificate from mkcert that the phone trusts:",
    more: "docs/https.md explains each step, and two other ways.",
  },
} as const;

/** commands are run on the computer; they are not translated. */
export const commands = {
  tailscale: "daybook serve --allowed-hosts laptop.tail1234.ts.net\ntailscale serve --bg 8000",
  home: "mkcert -cert-file diary.pem -key-file diary-key.pem diary.home\ndaybook serve --addr :8443 --tls-cert diary.pem --tls-key diary-key.pem --allowed-hosts diary.home",
} as const;
