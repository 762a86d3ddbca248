package org.nesteddune.linux;

/**
 * Terminal, descriptor and network requests of ioctl(2), in the generic numbering. Source: {@code
 * include/uapi/asm-generic/ioctls.h}, {@code linux/fs.h}, {@code linux/sockios.h}. Constants only: stateless, safe for any thread.
 */
public final class Ioctl {
    // Terminals
    public static final int TCGETS = 0x5401;
    public static final int TCSETS = 0x5402;
    public static final int TCSETSW = 0x5403;
    public static final int TCSETSF = 0x5404;
    public static final int TCGETA = 0x5405;
    public static final int TCSETA = 0x5406;
    public static final int TCSETAW = 0x5407;
    public static final int TCSETAF = 0x5408;
    public static final int TCSBRK = 0x5409;
    public static final int TCXONC = 0x540a;
    public static final int TCFLSH = 0x540b;
    public static final int TIOCEXCL = 0x540c;
    public static final int TIOCNXCL = 0x540d;
    public static final int TIOCSCTTY = 0x540e;
    public static final int TIOCGPGRP = 0x540f;
    public static final int TIOCSPGRP = 0x5410;
    public static final int TIOCOUTQ = 0x5411;
    public static final int TIOCSTI = 0x5412;
    public static final int TIOCGWINSZ = 0x5413;
    public static final int TIOCSWINSZ = 0x5414;
    public static final int TIOCMGET = 0x5415;
    public static final int TIOCMBIS = 0x5416;
    public static final int TIOCMBIC = 0x5417;
    public static final int TIOCMSET = 0x5418;
    public static final int TIOCGSOFTCAR = 0x5419;
    public static final int TIOCSSOFTCAR = 0x541a;
    public static final int TIOCINQ = 0x541b;
    public static final int TIOCLINUX = 0x541c;
    public static final int TIOCCONS = 0x541d;
    public static final int TIOCGSERIAL = 0x541e;
    public static final int TIOCSSERIAL = 0x541f;
    public static final int TIOCPKT = 0x5420;
    public static final int TIOCNOTTY = 0x5422;
    public static final int TIOCSETD = 0x5423;
    public static final int TIOCGETD = 0x5424;
    public static final int TCSBRKP = 0x5425;
    public static final int TIOCSBRK = 0x5427;
    public static final int TIOCCBRK = 0x5428;
    public static final int TIOCGSID = 0x5429;
    public static final int TCGETS2 = 0x802c542a;
    public static final int TCSETS2 = 0x402c542b;
    public static final int TCSETSW2 = 0x402c542c;
    public static final int TCSETSF2 = 0x402c542d;
    public static final int TIOCGRS485 = 0x542e;
    public static final int TIOCSRS485 = 0x542f;
    public static final int TIOCGPTN = 0x80045430;
    public static final int TIOCSPTLCK = 0x40045431;
    public static final int TIOCGDEV = 0x80045432;
    public static final int TCGETX = 0x5432;
    public static final int TCSETX = 0x5433;
    public static final int TCSETXF = 0x5434;
    public static final int TCSETXW = 0x5435;
    public static final int TIOCSIG = 0x40045436;
    public static final int TIOCVHANGUP = 0x5437;
    public static final int TIOCGPKT = 0x80045438;
    public static final int TIOCGPTLCK = 0x80045439;
    public static final int TIOCGEXCL = 0x80045440;
    public static final int TIOCGPTPEER = 0x5441;
    public static final int TIOCGLCKTRMIOS = 0x5456;
    public static final int TIOCSLCKTRMIOS = 0x5457;
    public static final int TIOCMIWAIT = 0x545c;
    public static final int TIOCGICOUNT = 0x545d;

    // Any descriptor
    public static final int FIONREAD = 0x541b;
    public static final int FIONBIO = 0x5421;
    public static final int FIONCLEX = 0x5450;
    public static final int FIOCLEX = 0x5451;
    public static final int FIOASYNC = 0x5452;
    public static final int FIOQSIZE = 0x5460;

    // Files and block devices
    public static final int BLKROGET = 0x125e;
    public static final int BLKGETSIZE = 0x1260;
    public static final int BLKRAGET = 0x1263;
    public static final int BLKSSZGET = 0x1268;
    public static final int BLKBSZGET = 0x80081270;
    public static final int BLKGETSIZE64 = 0x80081272;
    public static final int BLKPBSZGET = 0x127b;
    public static final int FIBMAP = 0x1;
    public static final int FIGETBSZ = 0x2;
    public static final int FIFREEZE = 0xc0045877;
    public static final int FITHAW = 0xc0045878;
    public static final int FITRIM = 0xc0185879;
    public static final int FICLONE = 0x40049409;
    public static final int FICLONERANGE = 0x4020940d;
    public static final int FIDEDUPERANGE = 0xc0189436;
    public static final int FS_IOC_GETFLAGS = 0x80086601;
    public static final int FS_IOC_SETFLAGS = 0x40086602;
    public static final int FS_IOC_FSGETXATTR = 0x801c581f;
    public static final int FS_IOC_FSSETXATTR = 0x401c5820;

    // Sockets and network interfaces
    public static final int FIOSETOWN = 0x8901;
    public static final int SIOCSPGRP = 0x8902;
    public static final int FIOGETOWN = 0x8903;
    public static final int SIOCGPGRP = 0x8904;
    public static final int SIOCATMARK = 0x8905;
    public static final int SIOCADDRT = 0x890b;
    public static final int SIOCDELRT = 0x890c;
    public static final int SIOCGIFNAME = 0x8910;
    public static final int SIOCSIFLINK = 0x8911;
    public static final int SIOCGIFCONF = 0x8912;
    public static final int SIOCGIFFLAGS = 0x8913;
    public static final int SIOCSIFFLAGS = 0x8914;
    public static final int SIOCGIFADDR = 0x8915;
    public static final int SIOCSIFADDR = 0x8916;
    public static final int SIOCGIFDSTADDR = 0x8917;
    public static final int SIOCSIFDSTADDR = 0x8918;
    public static final int SIOCGIFBRDADDR = 0x8919;
    public static final int SIOCSIFBRDADDR = 0x891a;
    public static final int SIOCGIFNETMASK = 0x891b;
    public static final int SIOCSIFNETMASK = 0x891c;
    public static final int SIOCGIFMETRIC = 0x891d;
    public static final int SIOCSIFMETRIC = 0x891e;
    public static final int SIOCGIFMTU = 0x8921;
    public static final int SIOCSIFMTU = 0x8922;
    public static final int SIOCSIFNAME = 0x8923;
    public static final int SIOCSIFHWADDR = 0x8924;
    public static final int SIOCGIFHWADDR = 0x8927;
    public static final int SIOCGIFINDEX = 0x8933;
    public static final int SIOCGIFPFLAGS = 0x8935;
    public static final int SIOCGIFTXQLEN = 0x8942;
    public static final int SIOCSIFTXQLEN = 0x8943;
    public static final int SIOCETHTOOL = 0x8946;
    public static final int SIOCGARP = 0x8954;
    public static final int SIOCSARP = 0x8955;
    public static final int SIOCDARP = 0x8953;
    public static final int SIOCGIFMAP = 0x8970;
    public static final int SIOCADDMULTI = 0x8931;
    public static final int SIOCDELMULTI = 0x8932;
    public static final int SIOCOUTQNSD = 0x894b;
    public static final int SIOCGSTAMP = 0x8906;
    public static final int SIOCGSTAMPNS = 0x8907;
    public static final int SIOCGSTAMP_NEW = 0x80108906;
    public static final int SIOCGSTAMPNS_NEW = 0x80108907;

    private Ioctl() {
    }
}
