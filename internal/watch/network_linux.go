package watch

import "golang.org/x/sys/unix"

// networks are the file systems that other machines may change, by their
// statfs(2) numbers.
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

// network returns the name of a folder's file system if changes by other
// machines may not be reported, else "".
func network(path string) string {
	var s unix.Statfs_t
	if err := unix.Statfs(path, &s); err != nil {
		return ""
	}
	return networks[uint32(s.Type)]
}
