package org.nesteddune.linux;

/**
 * Magic numbers of file systems (f_type of statfs). Source: {@code include/uapi/linux/magic.h}. Constants only:
 * stateless, safe for any thread.
 */
public final class FileSystems {
    // File systems
    public static final int ADFS_SUPER_MAGIC = 0xadf5;
    public static final int AFFS_SUPER_MAGIC = 0xadff;
    public static final int AFS_SUPER_MAGIC = 0x5346414f;
    public static final int AUTOFS_SUPER_MAGIC = 0x187;
    public static final int CEPH_SUPER_MAGIC = 0xc36400;
    public static final int CODA_SUPER_MAGIC = 0x73757245;
    public static final int CRAMFS_MAGIC = 0x28cd3d45;
    public static final int CRAMFS_MAGIC_WEND = 0x453dcd28;
    public static final int DEBUGFS_MAGIC = 0x64626720;
    public static final int SECURITYFS_MAGIC = 0x73636673;
    public static final int SELINUX_MAGIC = 0xf97cff8c;
    public static final int SMACK_MAGIC = 0x43415d53;
    public static final int MQUEUE_MAGIC = 0x19800202; // ipc/mqueue.c
    public static final int PID_FS_MAGIC = 0x50494446;
    public static final int RAMFS_MAGIC = 0x858458f6;
    public static final int TMPFS_MAGIC = 0x1021994;
    public static final int HUGETLBFS_MAGIC = 0x958458f6;
    public static final int SQUASHFS_MAGIC = 0x73717368;
    public static final int ECRYPTFS_SUPER_MAGIC = 0xf15f;
    public static final int EFS_SUPER_MAGIC = 0x414a53;
    public static final int EROFS_SUPER_MAGIC_V1 = 0xe0f5e1e2;
    public static final int EXT2_SUPER_MAGIC = 0xef53;
    public static final int EXT3_SUPER_MAGIC = 0xef53;
    public static final int XENFS_SUPER_MAGIC = 0xabba1974;
    public static final int EXT4_SUPER_MAGIC = 0xef53;
    public static final int BTRFS_SUPER_MAGIC = 0x9123683e;
    public static final int NILFS_SUPER_MAGIC = 0x3434;
    public static final int F2FS_SUPER_MAGIC = 0xf2f52010;
    public static final int HPFS_SUPER_MAGIC = 0xf995e849;
    public static final int ISOFS_SUPER_MAGIC = 0x9660;
    public static final int JFFS2_SUPER_MAGIC = 0x72b6;
    public static final int XFS_SUPER_MAGIC = 0x58465342;
    public static final int PSTOREFS_MAGIC = 0x6165676c;
    public static final int EFIVARFS_MAGIC = 0xde5e81e4;
    public static final int HOSTFS_SUPER_MAGIC = 0xc0ffee;
    public static final int OVERLAYFS_SUPER_MAGIC = 0x794c7630;
    public static final int FUSE_SUPER_MAGIC = 0x65735546;
    public static final int MINIX_SUPER_MAGIC = 0x137f;
    public static final int MINIX_SUPER_MAGIC2 = 0x138f;
    public static final int MINIX2_SUPER_MAGIC = 0x2468;
    public static final int MINIX2_SUPER_MAGIC2 = 0x2478;
    public static final int MINIX3_SUPER_MAGIC = 0x4d5a;
    public static final int MSDOS_SUPER_MAGIC = 0x4d44;
    public static final int EXFAT_SUPER_MAGIC = 0x2011bab0;
    public static final int NCP_SUPER_MAGIC = 0x564c;
    public static final int NFS_SUPER_MAGIC = 0x6969;
    public static final int OCFS2_SUPER_MAGIC = 0x7461636f;
    public static final int OPENPROM_SUPER_MAGIC = 0x9fa1;
    public static final int QNX4_SUPER_MAGIC = 0x2f;
    public static final int QNX6_SUPER_MAGIC = 0x68191122;
    public static final int AFS_FS_MAGIC = 0x6b414653;
    public static final int SMB_SUPER_MAGIC = 0x517b;
    public static final int CIFS_SUPER_MAGIC = 0xff534d42;
    public static final int SMB2_SUPER_MAGIC = 0xfe534d42;
    public static final int CGROUP_SUPER_MAGIC = 0x27e0eb;
    public static final int CGROUP2_SUPER_MAGIC = 0x63677270;
    public static final int RDTGROUP_SUPER_MAGIC = 0x7655821;
    public static final int STACK_END_MAGIC = 0x57ac6e9d;
    public static final int TRACEFS_MAGIC = 0x74726163;
    public static final int V9FS_MAGIC = 0x1021997;
    public static final int BDEVFS_MAGIC = 0x62646576;
    public static final int DAXFS_MAGIC = 0x64646178;
    public static final int BINFMTFS_MAGIC = 0x42494e4d;
    public static final int DEVPTS_SUPER_MAGIC = 0x1cd1;
    public static final int BINDERFS_SUPER_MAGIC = 0x6c6f6f70;
    public static final int FUTEXFS_SUPER_MAGIC = 0xbad1dea;
    public static final int PIPEFS_MAGIC = 0x50495045;
    public static final int PROC_SUPER_MAGIC = 0x9fa0;
    public static final int SOCKFS_MAGIC = 0x534f434b;
    public static final int SYSFS_MAGIC = 0x62656572;
    public static final int USBDEVICE_SUPER_MAGIC = 0x9fa2;
    public static final int MTD_INODE_FS_MAGIC = 0x11307854;
    public static final int ANON_INODE_FS_MAGIC = 0x9041934;
    public static final int BTRFS_TEST_MAGIC = 0x73727279;
    public static final int NSFS_MAGIC = 0x6e736673;
    public static final int BPF_FS_MAGIC = 0xcafe4a11;
    public static final int AAFS_MAGIC = 0x5a3c69f0;
    public static final int ZONEFS_MAGIC = 0x5a4f4653;
    public static final int UDF_SUPER_MAGIC = 0x15013346;
    public static final int DMA_BUF_MAGIC = 0x444d4142;
    public static final int DEVMEM_MAGIC = 0x454d444d;
    public static final int SECRETMEM_MAGIC = 0x5345434d;

    private FileSystems() {
    }
}
