from django.apps import AppConfig


class ChannelsConfig(AppConfig):
    name = "motcua.channels"
    label = "channels"

    def ready(self) -> None:
        from motcua.channels import media, sms, spoken, webchat, webpush
        from motcua.channels.mail import CODE as MAIL
        from motcua.channels.mail import arriving
        from motcua.channels.mail import sending as mail
        from motcua.channels.messenger.sending import Messenger
        from motcua.channels.zalo import sending, templates
        from motcua.messaging import registry

        registry.register_channel(webchat.WebChat())
        registry.register_channel(sms.Sms())
        registry.register_channel(webpush.WebPush())
        registry.register_channel(mail.Mail())
        registry.register_channel(sending.Zalo())
        registry.register_channel(templates.ZaloTemplates())
        registry.register_channel(Messenger())
        for code in ("PHONE", "COUNTER"):
            registry.register_channel(spoken.Spoken(code))
        registry.on_media(media.note_new)
        media.read_own(MAIL, arriving.read_file)
