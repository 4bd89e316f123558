// jSMPP's SMSC on a free port of 127.0.0.1: it answers and reports as its simulator does. Says its port, then each submission in a line.
// A number that ends in 000 is too much just now, one that ends in 999 is refused for ever.
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.jsmpp.SMPPConstant;
import org.jsmpp.bean.InterfaceVersion;
import org.jsmpp.bean.OptionalParameter;
import org.jsmpp.bean.SubmitSm;
import org.jsmpp.examples.SMPPServerSimulator;
import org.jsmpp.extra.ProcessRequestException;
import org.jsmpp.session.BindRequest;
import org.jsmpp.session.SMPPServerSession;
import org.jsmpp.session.SMPPServerSessionListener;
import org.jsmpp.session.ServerMessageReceiverListener;
import org.jsmpp.session.SubmitSmResult;
import org.jsmpp.session.connection.ServerConnection;
import org.jsmpp.session.connection.ServerConnectionFactory;
import org.jsmpp.session.connection.socket.ServerSocketConnection;

public class Smsc {
    static final short MESSAGE_PAYLOAD = 0x0424;

    static class Simulator extends SMPPServerSimulator {
        Simulator(int port) {
            super(false, port, "pf", "secret");
        }

        @Override
        public SubmitSmResult onAcceptSubmitSm(SubmitSm sms, SMPPServerSession session) throws ProcessRequestException {
            if (sms.getDestAddress().endsWith("000")) throw new ProcessRequestException("", SMPPConstant.STAT_ESME_RTHROTTLED);
            if (sms.getDestAddress().endsWith("999")) throw new ProcessRequestException("", SMPPConstant.STAT_ESME_RINVDSTADR);
            byte[] bytes = sms.getShortMessage();
            OptionalParameter payload = sms.getOptionalParameter(MESSAGE_PAYLOAD);
            if (payload != null) bytes = ((OptionalParameter.OctetString) payload).getValue();
            Charset charset = sms.getDataCoding() == 8 ? StandardCharsets.UTF_16BE : Charset.forName("GSM7BIT");
            byte[] text = new String(bytes, charset).getBytes(StandardCharsets.UTF_8);
            System.out.println("sms " + sms.getDestAddress() + " " + Base64.getEncoder().encodeToString(text));
            return super.onAcceptSubmitSm(sms, session);
        }
    }

    static ServerConnectionFactory on(ServerSocket socket) {
        return new ServerConnectionFactory() {
            public ServerConnection listen(int port) {
                return new ServerSocketConnection(socket);
            }

            public ServerConnection listen(int port, int timeout) {
                return listen(port);
            }

            public ServerConnection listen(int port, int timeout, int backlog) {
                return listen(port);
            }
        };
    }

    public static void main(String[] arguments) throws Exception {
        ServerSocket socket = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"));
        Simulator smsc = new Simulator(socket.getLocalPort());
        SMPPServerSessionListener listener = new SMPPServerSessionListener(socket.getLocalPort(), on(socket));
        System.out.println(socket.getLocalPort());
        ExecutorService pool = Executors.newCachedThreadPool();
        while (true) {
            SMPPServerSession session = listener.accept();
            session.setMessageReceiverListener((ServerMessageReceiverListener) smsc);
            pool.execute(() -> let(session));
        }
    }

    static void let(SMPPServerSession session) {
        try {
            BindRequest bind = session.waitForBind(5000);
            boolean known = bind.getSystemId().equals("pf") && bind.getPassword().equals("secret");
            if (known) bind.accept("smsc", InterfaceVersion.IF_34);
            else bind.reject(SMPPConstant.STAT_ESME_RINVPASWD);
        } catch (Exception gone) {
            session.close();
        }
    }
}
