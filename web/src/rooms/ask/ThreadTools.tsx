import { ThreadMenu } from "../../ui/ThreadMenu";

export default ThreadMenu;
