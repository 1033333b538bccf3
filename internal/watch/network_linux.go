package watch

import "golang.org/x/sys/unix"

// networks are the file systems that may be changed from elsewhere, by the
// numbers that Linux has for them (statfs(2)).
var networks = map[uint32]string{
	unix.NFS_SUPER_MAGIC:  "NFS",
	unix.SMB_SUPER_MAGIC:  "SMB",
	unix.SMB2_SUPER_MAGIC: "SMB",
	unix.CIFS_SUPER_MAGIC: "SMB",
	unix.AFS_SUPER_MAGIC:  "AFS",
	unix.CEPH_SUPER_MAGIC: "Ceph",
	unix.CODA_SUPER_MAGIC: "Coda",
	unix.V9FS_MAGIC:       "9P", // a Windows disk seen from WSL, too
	unix.FUSE_SUPER_MAGIC: "FUSE",
	0x786f4256:            "a VirtualBox folder",
}

// network names the file system that a folder is on where changes made
// elsewhere may not be told, and returns "" for others.
func network(path string) string {
	var s unix.Statfs_t
	if err := unix.Statfs(path, &s); err != nil {
		return ""
	}
	return networks[uint32(s.Type)]
}
